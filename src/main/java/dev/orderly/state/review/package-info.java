/** Approving, rejecting and commenting: orders as a whole, and item by item. */
package dev.orderly.state.review;
