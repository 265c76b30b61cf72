/** The benchmark that {@code scripts/bench} runs. No test: it measures and judges nothing. */
package dev.orderly.bench;
