/** The user's JSON in its forms, and pointers into it. */
package dev.orderly.types.json;
