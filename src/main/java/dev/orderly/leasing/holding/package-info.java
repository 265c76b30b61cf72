/** Leases while they are held: heartbeats that extend them, and whether one is current. */
package dev.orderly.leasing.holding;
