/** The order types of a node, loaded from files and jars, and the earlier versions of them. */
package dev.orderly.types.registry;
