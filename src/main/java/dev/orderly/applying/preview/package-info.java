/** Tells what changes are going to be before they are approved. */
package dev.orderly.applying.preview;
