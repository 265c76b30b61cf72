/**
 * Desks: which of them serves which queue, how they are asked, who waits at them, and the clock by
 * which leases lapse.
 */
package dev.orderly.leasing.desk;
