/** Orders whose items are applied one by one. */
package dev.orderly.applying.item;
