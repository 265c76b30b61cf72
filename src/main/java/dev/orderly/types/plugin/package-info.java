/** Order types in Java: their base class, and how they are found in jars. */
package dev.orderly.types.plugin;
