/**
 * What an order type is: the interface that both kinds implement, what types are shown of orders
 * and items, how their change is made, and diffs. Everything else about types lies in the packages
 * below: {@code declarative} compiles files, {@code plugin} is for types in Java, {@code registry}
 * keeps both kinds, and {@code schema}, {@code expression} and {@code json} are what they are made
 * with. This package uses {@code json} only.
 */
package dev.orderly.types;
