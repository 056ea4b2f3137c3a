package api

import (
	"log/slog"
	"net/http"
	"time"
)

// logged writes one line for each request. The query and the bodies stay out of it: they can hold secrets.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		log.Info("request", "method", r.Method, "path", r.URL.EscapedPath(),
			"status", recorder.status, "duration", time.Since(started).Round(time.Microsecond))
	})
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}
