/** Order types that YAML files declare: read with their lines, compiled, or refused with them. */
package dev.orderly.types.declarative;
