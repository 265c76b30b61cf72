/** Changes made by a target that is asked over HTTP. */
package dev.orderly.applying.webhook;
