/**
 * A request's way, whatever it asks for: from the server to its operation, decoded, and back as a
 * reply or a problem.
 */
package dev.orderly.api.rest.handling;
