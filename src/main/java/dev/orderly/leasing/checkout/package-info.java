/**
 * How a desk deals queued items out to those who ask, within the limits, and writes their leases,
 * all in one transaction.
 */
package dev.orderly.leasing.checkout;
