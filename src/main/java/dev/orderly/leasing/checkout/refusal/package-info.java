/** Why checkouts get nothing, in words. */
package dev.orderly.leasing.checkout.refusal;
