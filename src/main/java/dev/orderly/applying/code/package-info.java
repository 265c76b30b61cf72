/** Changes made by a type's own code. */
package dev.orderly.applying.code;
