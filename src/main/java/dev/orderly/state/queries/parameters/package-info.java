/**
 * What callers of lists ask for: filters, sorting, fields, pages, each checked and refused by name
 * if it cannot be read.
 */
package dev.orderly.state.queries.parameters;
