/** What an agent gets with a lease, and how it travels to the node that the agent talks to. */
package dev.orderly.leasing.item;
