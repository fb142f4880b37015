# Stands in for debian:bookworm-slim of Docker Hub; debian.tar is made by mmdebstrap (baseImages.ts).
FROM scratch
ADD debian.tar /
CMD ["bash"]
