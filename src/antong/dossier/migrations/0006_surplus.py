from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("dossier", "0005_spare_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="move",
            name="surplus",
            field=models.BigIntegerField(null=True),
        ),
    ]
