/** Accepts proposals: plans them into items and writes the new orders, one or a follow-up's. */
package dev.orderly.state.propose;
