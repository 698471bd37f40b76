// Package movein moves checks in from other monitors: it reads the configurations of Uptime Kuma, Gatus, blackbox_exporter, healthchecks,
// cloudprober, Nagios, Icinga 2 and cron, one folder each, and merges what they have into a file of conf.d.
//
// It must not know how a check is run or validated: the caller validates the file. Nothing of a source is executed.
package movein
