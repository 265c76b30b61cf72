/**
 * Makes the changes of approved orders. The verticle's loop claims due orders; a try runs the
 * applier of the order's type under its claim and records how it ended. {@code claim} is what every
 * try shares: the claim, what is read and written under its fence, failures. {@code hold} compares
 * changes with their approved predictions; {@code sql}, {@code webhook} and {@code code} hold the
 * appliers; {@code preview} makes predictions.
 */
package dev.orderly.applying;
