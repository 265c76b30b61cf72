/** How queued items are found and locked, and what limits leave of them to give. */
package dev.orderly.leasing.checkout.search;
