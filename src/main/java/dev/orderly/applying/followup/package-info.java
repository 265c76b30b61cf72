/** What follows a change that was made: hooks, and the orders that are proposed next. */
package dev.orderly.applying.followup;
