/**
 * How a desk finds queued items for those who ask, deals them out within the limits, and writes
 * their leases, all in one transaction.
 */
package dev.orderly.leasing.checkout;
