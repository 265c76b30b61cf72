/**
 * What other features know of leasing: the messages that desks are asked with, the records they
 * answer, and what tells whether a caller holds an item.
 */
package dev.orderly.leasing;
