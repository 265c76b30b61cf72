/**
 * How leases end without a submission: given up by their holders, or taken back as their time is
 * over.
 */
package dev.orderly.leasing.ending;
