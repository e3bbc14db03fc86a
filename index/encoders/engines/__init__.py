"""The programs that compute an encoder's vectors: OpenVINO and ONNX Runtime on a CPU, torch as the reference."""
