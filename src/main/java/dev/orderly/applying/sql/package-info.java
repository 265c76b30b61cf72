/** Changes made by the statements of a type, in Orderly's own database or in another. */
package dev.orderly.applying.sql;
