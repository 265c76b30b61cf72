/** What must be done before what: items of one plan on each other, orders on earlier orders. */
package dev.orderly.state.dependencies;
