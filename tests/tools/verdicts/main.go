// Verdicts prints what GitOps tools think of objects: kstatus, which Flux, Helm and others wait by, and a health script
// of Argo CD.
//
//	verdicts HEALTH.LUA FILE…
//
// Each FILE holds objects in YAML or JSON, one or more documents. Out comes one line of JSON for each object.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// verdict is what one tool says of an object.
type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// line is what is printed of an object.
type line struct {
	File    string  `json:"file"`
	Kind    string  `json:"kind"`
	Name    string  `json:"name"`
	Kstatus verdict `json:"kstatus"`
	ArgoCD  verdict `json:"argocd"`
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "verdicts:", err)
		os.Exit(1)
	}
}

func run(arguments []string, out io.Writer) error {
	if len(arguments) < 2 {
		return errors.New("usage: verdicts HEALTH.LUA FILE…")
	}
	script, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	for _, file := range arguments[1:] {
		if err := judgeFile(string(script), file, json.NewEncoder(out)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func judgeFile(script, file string, out *json.Encoder) error {
	stream, err := os.Open(file)
	if err != nil {
		return err
	}
	defer stream.Close()
	documents := yaml.NewYAMLOrJSONDecoder(stream, 4096)
	for {
		// Numbers must come as int64, as they do from the API server, which this type's decoding sees to.
		var object unstructured.Unstructured
		switch err := documents.Decode(&object); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case object.Object == nil:
			continue
		}
		waited, err := status.Compute(&object)
		if err != nil {
			return fmt.Errorf("kstatus: %w", err)
		}
		assessed, err := health(script, object.Object)
		if err != nil {
			return fmt.Errorf("health script: %w", err)
		}
		if err := out.Encode(line{
			File:    file,
			Kind:    object.GetKind(),
			Name:    object.GetName(),
			Kstatus: verdict{string(waited.Status), waited.Message},
			ArgoCD:  assessed,
		}); err != nil {
			return err
		}
	}
}
