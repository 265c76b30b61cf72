package dev.orderly.leasing.checkout;

import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.checkout.search.Candidate;

/**
 * A candidate and who gets it.
 *
 * @param request the index of the checkout in its batch
 */
record Given(int request, Checkout checkout, Candidate item) {}
