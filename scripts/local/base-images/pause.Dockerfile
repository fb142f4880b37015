# Holds the namespaces of a pod.
FROM scratch
ADD busybox /
CMD ["/busybox", "sleep", "infinity"]
