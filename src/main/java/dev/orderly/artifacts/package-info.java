/**
 * Files that support results: uploaded once, found by the SHA-256 of their bytes, and referred to
 * by submissions as evidence.
 */
package dev.orderly.artifacts;
