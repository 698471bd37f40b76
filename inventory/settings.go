package inventory

import "opsbot/model"

// mergeService returns far's settings overridden by near's.
func mergeService(far, near model.ServiceSettings) model.ServiceSettings {
	far.EndpointSettings = mergeEndpoint(far.EndpointSettings, near.EndpointSettings)
	take(&far.MinUp, near.MinUp)
	take(&far.ErrThreshold, near.ErrThreshold)
	take(&far.SLA, near.SLA)
	if near.Tier != "" {
		far.Tier = near.Tier
	}
	return far
}

// mergeEndpoint does the same for the settings that hosts have too.
func mergeEndpoint(far, near model.EndpointSettings) model.EndpointSettings {
	take(&far.URL, near.URL)
	take(&far.Port, near.Port)
	take(&far.Path, near.Path)
	take(&far.Method, near.Method)
	take(&far.Contains, near.Contains)
	take(&far.Schedule, near.Schedule)
	take(&far.Timeout, near.Timeout)
	take(&far.Retries, near.Retries)
	take(&far.Failures, near.Failures)
	take(&far.Recoveries, near.Recoveries)
	take(&far.ConfirmEvery, near.ConfirmEvery)
	take(&far.Comment, near.Comment)
	if len(near.Status) > 0 {
		far.Status = near.Status
	}
	far.More = far.More.Merged(near.More)
	return far
}

func take[T any](far **T, near *T) {
	if near != nil {
		*far = near
	}
}

// value is a setting's value, its zero value if not set.
func value[T any](setting *T) T {
	if setting == nil {
		var zero T
		return zero
	}
	return *setting
}
