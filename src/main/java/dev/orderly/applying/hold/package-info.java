/** Compares changes with the predictions that were approved, and holds those that differ. */
package dev.orderly.applying.hold;
