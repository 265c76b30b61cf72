/** What a try at a change holds, reads and records of its order, all of it guarded by its fence. */
package dev.orderly.applying.claim;
