/**
 * How much may be under way at once: counted in the database, under a lock for each thing limited.
 */
package dev.orderly.leasing.limits;
