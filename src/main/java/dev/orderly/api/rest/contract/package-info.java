/** What the contract, openapi.yaml, says of each operation, and requests held against it. */
package dev.orderly.api.rest.contract;
