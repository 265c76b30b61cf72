/** Takes results: looks at them before the transaction, and writes those that arrive together. */
package dev.orderly.state.submit;
