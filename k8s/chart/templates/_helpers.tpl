{{- define "tactus.labels" -}}
app.kubernetes.io/name: tactus
{{- end }}

{{- define "tactus.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* Numbers stay whole: YAML would make 1e+06 of a million. */}}
{{- define "tactus.config" -}}
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ if and (kindIs "float64" $value) (eq (toString $value) (toString (floor $value))) }}{{ $value | int64 | toString | quote }}{{ else }}{{ $value | toString | quote }}{{ end }}
{{- end }}
{{- end }}

{{- define "tactus.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "tactus.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "tactus.mounts" -}}
- { name: secrets, mountPath: /run/tactus, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- end }}

{{- define "tactus.volumes" -}}
- name: secrets
  secret: { secretName: tactus, defaultMode: 288 } # 0440
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- end }}

{{- define "tactus.mesh" -}}
{{- if .Values.istio }}
annotations:
  traffic.sidecar.istio.io/excludeOutboundPorts: 9092,9093,9094,5432,6379,6380
  proxy.istio.io/config: |
    holdApplicationUntilProxyStarts: true
    terminationDrainDuration: 40s
{{- end }}
{{- end }}
