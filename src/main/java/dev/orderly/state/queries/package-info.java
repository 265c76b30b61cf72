/**
 * The read side of the state feature: the list of orders, one order, one item, and the audit trail.
 * Parameters are parsed into a query, the query becomes SQL, and rows become JSON. What a caller
 * sends reaches the database only as parameters of statements, and every statement names the
 * tenant. All of it awaits, so it runs on virtual threads.
 */
package dev.orderly.state.queries;
