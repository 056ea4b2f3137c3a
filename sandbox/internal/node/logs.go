package node

import (
	"fmt"
	"io"
	"net/http"
)

// containerLogs serves what `kubectl logs` asks for.
func containerLogs(pods *pods) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		options, err := logOptions(r.URL.Query())
		if err != nil {
			answer(w, http.StatusBadRequest, fmt.Sprintf("unable to decode the request for container logs: %v", err))
			return
		}
		namespace, name := r.PathValue("namespace"), r.PathValue("pod")
		worker := pods.find(namespace, name)
		if worker == nil {
			answer(w, http.StatusNotFound, fmt.Sprintf("pod %q does not exist", name))
			return
		}
		log, err := worker.Log(r.PathValue("container"), options.Previous)
		if err != nil {
			answer(w, http.StatusBadRequest, err.Error())
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		// The API server waits for the answer to begin, also where no line comes for a while.
		_ = http.NewResponseController(w).Flush()
		if err := log.Copy(r.Context(), flusher{w}, options); err != nil {
			pods.log.Warn("send container log", "pod", namespace+"/"+name, "error", err)
		}
	})
}

// answer writes a text just as it is, since the API server passes it on so.
func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// flusher sends every line at once, for those who follow.
type flusher struct {
	http.ResponseWriter
}

// Write implements io.Writer.
func (f flusher) Write(data []byte) (int, error) {
	n, err := f.ResponseWriter.Write(data)
	if err != nil {
		return n, err
	}
	return n, http.NewResponseController(f.ResponseWriter).Flush()
}
