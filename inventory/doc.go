// Package inventory makes one picture of what there is: services, groups, clients and hosts from the config, from CSV
// files and from DNS, merged by inheritance into an *model.Inventory; it keeps that picture up to date, and finds in it
// what the words of a command mean and which host an event is about. It works hosts that other systems know into a CSV file.
//
// It must not know how a check is run, what a schedule does, nor who stores its DNS answers.
package inventory
