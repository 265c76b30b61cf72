/**
 * The proof that a lease has one holder whatever breaks: nodes, agents and a database as processes,
 * faults while they work, and a checker of what they were told. See docs/torture.md.
 */
package dev.orderly.torture;
