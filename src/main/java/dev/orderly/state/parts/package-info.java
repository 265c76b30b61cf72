/** Results that are handed in by parts: taking parts, assembling them. */
package dev.orderly.state.parts;
