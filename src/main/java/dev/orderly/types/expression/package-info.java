/** JSONata expressions, bounded in time and depth. */
package dev.orderly.types.expression;
