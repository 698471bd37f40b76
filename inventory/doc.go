// Package inventory builds the inventory: services, groups, clients and hosts from the config, from CSV files and from DNS,
// merged by inheritance into an *model.Inventory; it keeps the inventory up to date, resolves the words of a command, and
// finds the host of an event. It merges hosts from other systems into a CSV file.
//
// It must not know how a check is run, what a schedule does, nor who stores its DNS answers.
package inventory
