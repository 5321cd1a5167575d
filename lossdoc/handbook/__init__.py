"""What the documentation says and shows that is computed: figures, pictures, the gallery."""
