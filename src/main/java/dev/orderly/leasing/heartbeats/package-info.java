/** Where heartbeats are kept that need no write in the database. */
package dev.orderly.leasing.heartbeats;
