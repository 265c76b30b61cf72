/** JSON Schema 2020-12: schemas checked and compiled, and violations that people can act on. */
package dev.orderly.types.schema;
